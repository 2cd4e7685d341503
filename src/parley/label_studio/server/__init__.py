"""A Label Studio server: the process, its accounts and projects, what is pushed and pulled."""
