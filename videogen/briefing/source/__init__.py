"""Reading a release: text, Markdown, saved HTML, PDF and DOCX become one text with blocks and offsets."""
