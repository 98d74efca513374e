"""Who may do what: accounts, sessions, invitations, and who follows whom."""
