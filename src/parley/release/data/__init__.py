"""The data of a release: schema, configs, shards, and their files."""
