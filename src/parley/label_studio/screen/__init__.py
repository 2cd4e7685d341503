"""The labelling screen: config, controls, instructions."""
