"""How the warehouse is, for people, programs and Prometheus."""
