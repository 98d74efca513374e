"""The five nodes of the service: gateway, processor, watchdog, notifier, sentinel."""
