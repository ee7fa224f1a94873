"""What is drawn: panels of the dashboards, as SVG and for Grafana."""
