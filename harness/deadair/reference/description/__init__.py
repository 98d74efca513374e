"""What clients and administrators may ask, described as OpenAPI 3.1. The nodes need none of it to work."""
