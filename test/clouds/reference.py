"""The clouds' own libraries, asked by lines of JSON: what they send for a credential, and which one they find."""

import json
import os
import sys


def aws(ask):
    import botocore.exceptions
    import botocore.session

    try:
        found = botocore.session.Session().get_credentials()
        if found is None:
            return {}
        keys = found.get_frozen_credentials()
        return {"method": found.method, "accessKeyId": keys.access_key, "secretAccessKey": keys.secret_key, "sessionToken": keys.token}
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        return {"error": type(error).__name__}


def google(ask):
    import google.auth
    import google.auth.exceptions
    import google.oauth2.credentials
    from google.auth.transport.requests import Request

    # For a user it asks Google's endpoint, whatever the file says.
    google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT = ask["tokenUri"]
    try:
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        credentials.refresh(Request())
        return {"token": credentials.token, "project": getattr(credentials, "quota_project_id", None)}
    except google.auth.exceptions.GoogleAuthError as error:
        return {"error": type(error).__name__}


def jwt(ask):
    from google.auth import jwt as verifier

    claims = verifier.decode(ask["assertion"], certs=ask["publicKey"], audience=ask["audience"])
    return {"claims": claims, "header": verifier.decode_header(ask["assertion"])}


def entra(ask):
    from azure import identity

    shared = {"connection_verify": ask["authorities"], "retry_total": 0}
    remote = {**shared, "authority": ask["authority"], "disable_instance_discovery": True}
    if ask["kind"] == "client-secret":
        credential = identity.ClientSecretCredential(ask["tenant"], ask["clientId"], ask["clientSecret"], **remote)
    elif ask["kind"] == "workload-identity":
        credential = identity.WorkloadIdentityCredential(
            tenant_id=ask["tenant"], client_id=ask["clientId"], token_file_path=ask["tokenFile"], **remote
        )
    else:
        credential = identity.ManagedIdentityCredential(client_id=ask["clientId"], **shared)
    return {"token": credential.get_token(ask["scope"]).token}


asks = {"aws": aws, "google": google, "jwt": jwt, "entra": entra}
own = dict(os.environ)

for line in sys.stdin:
    ask = json.loads(line)
    os.environ.clear()
    os.environ.update(own)
    os.environ.update(ask.get("environment", {}))
    try:
        told = asks[ask["cloud"]](ask)
    except Exception as error:  # The other side says what it means.
        told = {"failed": f"{type(error).__name__}: {error}"[:400]}
    print(json.dumps(told), flush=True)
