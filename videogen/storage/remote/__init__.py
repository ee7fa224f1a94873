"""What a store needs that several machines share: leases, conditional writes, listing by day."""
