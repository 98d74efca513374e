"""What clients may ask: the router, the Share API, the routes, and whom they let in."""
