"""What can go wrong, as small frozen values. A fault knows no process and no network, only which breaks it is."""
