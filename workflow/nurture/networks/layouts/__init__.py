"""Weight files as others publish them, and how each becomes the network of the paper.

A reader (`torch7`, `caffe`, `containers`) says what a file holds, `known` lists the published
layouts, `convert` recognises one and puts its weights under the names and axes of this project, and
`check` says what a user's file is.
"""
