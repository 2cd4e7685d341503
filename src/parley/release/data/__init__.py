"""The data of a release: configs, schema, splits, shards, Parquet."""
