"""Databases and disks as they fail: ``make test-service``. What a machine cannot have for it is skipped, with why."""
