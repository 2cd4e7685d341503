"""What things are: paths, ontology, entities, annotators, documents, label files, batches."""
