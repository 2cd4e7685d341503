"""Great Expectations, and all that Parley adds to it: no other folder of the house imports the library."""
