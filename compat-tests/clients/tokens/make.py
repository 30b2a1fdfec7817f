"""Prints keys, tokens good and bad, and the heads of many with keys that nobody knows, as one JSON document."""

import base64
import json
import sys
import uuid

from forge import AUDIENCE, ISSUER, b64, by_hand, claims, curve, first, hs256, jwk, keys, now, pem, rs256, second, stranger, token
from jwt import encode
from jwt.algorithms import RSAAlgorithm

good = token()
head, body, signature = good.split(".")
rs = {"alg": "RS256", "typ": "JWT", "kid": "first"}
plain = json.dumps(claims)
double = b64((plain[:-1] + ', "sub": "admin"}').encode())
accepted = {
    "plain": good,
    "second key": token(second, head={"kid": "second"}),
    "curve": token(curve, "ES256", {"kid": "curve"}),
    "no kid": encode(claims, first, algorithm="RS256"),
    "no typ": token(head={"typ": None}),
    "at+jwt": token(head={"typ": "at+jwt"}),
    "several audiences": token(aud=["other", AUDIENCE]),
    "expired, within the skew": token(exp=now - 20),
    "not yet, within the skew": token(nbf=now + 30),
    "admin": token(scope="orders.read admin"),
    "keys in the header are no source": token(head={"jku": "http://127.0.0.1:1/", "jwk": keys["second"], "x5u": "http://127.0.0.1:1/"}),
}
n = base64.urlsafe_b64decode(keys["first"]["n"] + "==")
refused = {
    "alg none": by_hand({"alg": "none", "typ": "JWT"}, claims),
    "alg NONE": by_hand({"alg": "NONE", "typ": "JWT", "kid": "first"}, claims),
    "alg none with a signature": by_hand({"alg": "none", "kid": "first"}, claims, rs256),
    "HS256 with the public PEM": by_hand({"alg": "HS256", "typ": "JWT", "kid": "first"}, claims, hs256(pem)),
    "HS256 with the modulus": by_hand({"alg": "HS256", "typ": "JWT", "kid": "first"}, claims, hs256(n)),
    "HS256 with nothing": by_hand({"alg": "HS256", "typ": "JWT", "kid": "first"}, claims, hs256(b"")),
    "alg missing": by_hand({"typ": "JWT", "kid": "first"}, claims, rs256),
    "alg of another key": by_hand({"alg": "ES256", "typ": "JWT", "kid": "first"}, claims, rs256),
    "RS512 not allowed": token(alg="RS512"),
    "stranger's key": token(stranger),
    "stranger's key in the header": token(stranger, head={"jwk": jwk(RSAAlgorithm, stranger, "first", "RS256")}),
    "kid of a path": token(stranger, head={"kid": "../../../../dev/null"}),
    "kid of SQL": token(stranger, head={"kid": "' OR 1=1 --"}),
    "kid of 3 KiB": token(stranger, head={"kid": "k" * 3072}),
    "unknown kid": token(stranger, head={"kid": "nobody"}),
    "unknown crit": token(head={"crit": ["exp2"], "exp2": 1}),
    "typ of something else": token(head={"typ": "logout+jwt"}),
    "other audience": token(aud="payments"),
    "no audience": token(aud=None),
    "other issuer": token(iss="https://evil.example"),
    "issuer with more behind": token(iss=ISSUER + ".evil"),
    "issuer with a slash": token(iss=ISSUER + "/"),
    "no issuer": token(iss=None),
    "expired": token(exp=now - 90),
    "not yet": token(nbf=now + 300),
    "no end": token(exp=None),
    "end of letters": by_hand(rs, claims | {"exp": "tomorrow"}, rs256),
    "end of infinity": by_hand(rs, b64(plain.replace(f'"exp": {now + 3600}', '"exp": 1e400').encode()), rs256),
    "end below zero": by_hand(rs, claims | {"exp": -1}, rs256),
    "claims twice": by_hand(rs, double, rs256),
    "claims of a list": by_hand(rs, [claims], rs256),
    "claims of no JSON": by_hand(rs, b64(b"kim"), rs256),
    "claims changed": f"{head}.{b64(claims | {'sub': 'admin'})}.{signature}",
    "header changed": f"{b64(rs | {'x': 1})}.{body}.{signature}",
    "signature flipped": f"{head}.{body}.{'B' if signature[0] != 'B' else 'C'}{signature[1:]}",
    "signature cut": good[:-10],
    "signature empty": f"{head}.{body}.",
    "signature missing": f"{head}.{body}",
    "signature twice": f"{good}.{signature}",
    "ES256 of zeros": by_hand({"alg": "ES256", "typ": "JWT", "kid": "curve"}, claims, lambda text: bytes(64)),
    "encrypted": ".".join([b64({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "first"}), b64(b"k"), b64(b"i"), b64(b"c"), b64(b"t")]),
    "a token in a token": by_hand(rs | {"cty": "JWT"}, b64(good.encode()), rs256),
    "no token": "x",
    "dots": "..",
    "padding": f"{head}=.{body}=.{signature}=",
}
# All of them share body and signature, which nobody can check without the key.
_, flood_body, flood_signature = token(stranger).split(".")
flood = {
    "heads": [b64({"alg": "RS256", "kid": str(uuid.uuid4())}) for _ in range(int(sys.argv[1]))],
    "rest": f"{flood_body}.{flood_signature}",
}
json.dump({"keys": keys, "pem": pem.decode(), "accepted": accepted, "refused": refused, "flood": flood}, sys.stdout)
