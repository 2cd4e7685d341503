"""The command line: `parley STEP`, a module a group of steps. Nothing heavy is imported for help."""
