"""An alert on its way: taken in once, registered, decided, published, superseded, withdrawn."""
