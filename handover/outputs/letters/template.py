"""The letter we come with, for the council to edit in Word: plain words, short sentences."""

from io import BytesIO

from handover.outputs.letters.zipped import same_bytes

PLACES = "[", "]"
"""Around what the council fills in once, for all letters."""

TEXT = """\
[Your council's name and address]
Our ref: {{ reference }}
Dear family
# Your social worker will change
{%p if new %}
{% if several %}Your social workers are{% else %}Your social worker is{% endif %} {{ now }}. From \
{{ starts_on }} it will be {{ new }}.
{%p else %}
{% if several %}Your social workers are{% else %}Your social worker is{% endif %} {{ now }}. This will end on \
{{ changes_on }}. We do not yet know who comes next. We will write to you as soon as we know. Until then a manager \
will help you.
{%p endif %}
{%p if stand_in %}
{{ new }} is not here yet on {{ changes_on }}. So at first {{ stand_in }} will help you.
{%p endif %}
# Why?
A new team takes on the work on {{ changes_on }}. You have done nothing wrong. Your plan stays the same.
# What comes next?
We will pass on what you have told us. You will not have to start again.
{%p if visit_on %}
{{ visitor }} and {{ new }} will come to see you. They will come on {{ visit_on }} at {{ visit_at }}. Is that a \
bad time? Please call us, and we will find a new one.
{%p elif new %}
{{ stand_in or new }} will call you to set a day to meet.
{%p endif %}
{%p if leaves_on %}
{{ new }} can stay with you until {{ leaves_on }}. We will tell you in good time who comes next.
{%p endif %}
# Do you want to talk to us?
Call us on [phone number].{% if manager %} You can ask for {{ manager }}, who runs the new team.{% endif %} We can \
read this letter to you, or send it in a form that is best for you. You can also tell us if you are not happy with \
this change. [How to complain, and who can help]
Yours
[Name, and what you do]
"""
"""A paragraph each; `#` starts a heading. `{%p ... %}` stands alone in a paragraph that goes with it."""


def new_template() -> bytes:
    """The template as a Word file."""
    from docx import Document  # noqa: PLC0415 a third of a second
    from docx.shared import Cm, Pt  # noqa: PLC0415

    document = Document()
    document.core_properties.author = "handover"
    document.core_properties.title = "Letter to a family"
    document.core_properties.language = "en-GB"
    document.core_properties.comments = ""
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(12)
    normal.paragraph_format.space_after = Pt(8)
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.5)
    for text in TEXT.splitlines():
        if text.startswith("# "):
            heading = document.add_paragraph()
            run = heading.add_run(text[2:])
            run.bold, run.font.size = True, Pt(14)
            heading.paragraph_format.keep_with_next = True
            heading.paragraph_format.space_before = Pt(10)
        else:
            document.add_paragraph(text)
    content = BytesIO()
    document.save(content)
    return same_bytes(content.getvalue())
