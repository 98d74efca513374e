"""One chart a file: a story in, a Vega-Lite chart out. They draw what they are given and judge nothing."""
