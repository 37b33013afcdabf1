"""The pages that people read in a browser, under /ui/. Each folder is one page: its view, and its templates.

A page computes nothing. It asks the functions that the endpoints ask, and puts what they answer on paper.
"""
