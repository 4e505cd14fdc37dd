"""`warehouse compare`: what differs between two warehouses, on whichever engines they are."""
