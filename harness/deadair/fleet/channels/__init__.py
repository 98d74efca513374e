"""The push provider's stand-in: FCM's words, the links to the phones, and what waits for them."""
