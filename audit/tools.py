"""Which tool made a call, read from its user agent: a hint for people, never a proof."""

from functools import lru_cache

# The first mark that the user agent contains, ignoring case, names the tool; more special marks stand first.
MARKS = (
    ("postmanruntime", "Postman"),
    ("insomnia", "Insomnia"),
    ("bruno", "Bruno"),
    ("microsoft.data.mashup", "Power Query (Excel, Power BI)"),
    ("microsoft excel", "Excel"),
    ("microsoft office", "Microsoft Office"),
    ("powerbi", "Power BI"),
    ("power bi", "Power BI"),
    ("tableau", "Tableau"),
    ("qlik", "Qlik"),
    ("powershell", "PowerShell"),
    ("python-requests", "python-requests"),
    ("python-httpx", "httpx"),
    ("aiohttp", "aiohttp"),
    ("python-urllib", "pandas or urllib"),
    ("pandas", "pandas"),
    ("kong", "Kong gateway"),
    ("apinizer", "Apinizer"),
    ("apache-httpclient", "Java (Apache HttpClient)"),
    ("okhttp", "OkHttp"),
    ("go-http-client", "Go"),
    ("libcurl", "libcurl"),
    ("curl", "curl"),
    ("wget", "Wget"),
    ("axios", "axios"),
    ("node-fetch", "Node.js"),
    ("edg/", "Edge"),
    ("firefox", "Firefox"),
    ("chrome", "Chrome"),
    ("safari", "Safari"),
)
LONGEST = 40


@lru_cache(maxsize=1024)  # a log names the same few tools over and over
def tool_of(user_agent: str) -> str:
    """The tool's name; of an unknown one its first word without the version; "" when there is no user agent."""
    lowered = user_agent.casefold()
    for mark, name in MARKS:
        if mark in lowered:
            return name
    words = user_agent.split()
    return words[0].partition("/")[0][:LONGEST] if words else ""
