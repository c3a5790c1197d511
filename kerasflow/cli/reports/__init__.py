"""Reports of a training, as Markdown and as one page of HTML.

`findings` looks at the predictions for the rows held out, `content` says what there is to say as titles, texts, tables
and charts, `page` and `markdown` write that down. What comes from the data is a text everywhere, never markup.
"""
