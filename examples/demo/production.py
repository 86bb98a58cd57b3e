"""What stands around the demo, and would around most programs: the first one outermost."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from asgikit import Middleware, every, except_for
from asgikit.http.csp import ContentSecurityPolicy
from asgikit.middleware.access_log import access_log
from asgikit.middleware.compress import compress
from asgikit.middleware.conditional import conditional
from asgikit.middleware.cors import cors
from asgikit.middleware.csrf import csrf
from asgikit.middleware.normalize_path import normalize_path
from asgikit.middleware.problem_details import problem_details
from asgikit.middleware.proxies import proxies
from asgikit.middleware.rate_limit import rate_limit
from asgikit.middleware.request_id import request_id
from asgikit.middleware.security_headers import SecurityPolicy, security_headers
from asgikit.middleware.timeouts import timeouts
from asgikit.middleware.trusted_hosts import trusted_hosts
from asgikit.rates import per_minute

POLICY: Final = replace(
    SecurityPolicy(),
    csp=ContentSecurityPolicy(default_src=("self",), img_src=("self", "data:"), object_src=(), base_uri=(), frame_ancestors=()),
)

stack: Middleware = every(
    proxies(["127.0.0.0/8", "::1"], fields="x-forwarded"),  # who asks, and by which scheme
    normalize_path(),  # one spelling for each path, before anybody looks at it
    request_id(),
    except_for(lambda request: request.path.startswith("/static/"), access_log(logging.getLogger("demo"))),
    security_headers(POLICY),
    trusted_hosts(["127.0.0.1", "localhost", "*.example.com"]),
    cors(["https://example.com"]),
    conditional(),
    compress(),
    problem_details(),  # errors as documents, or as pages for people
    rate_limit(per_minute(10_000)),
    timeouts(response=30, idle_body=10),
    csrf(),  # nobody else's page changes anything here
)
