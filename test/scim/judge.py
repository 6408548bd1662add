"""Lets scim2-tester judge the SCIM API at an address, and prints what it found as JSON, a line each."""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

url, token = sys.argv[1], sys.stdin.readline().strip()
client = SyncSCIMClient(Client(base_url=url, headers={"Authorization": f"Bearer {token}"}))
for result in check_server(client):
    print(
        json.dumps(
            {
                "status": result.status.name,
                "title": result.title,
                "reason": str(result.reason),
                "isBad": result.status in (Status.ERROR, Status.CRITICAL),
            }
        )
    )
