"""Makes keys, and tokens good and bad, with PyJWT and cryptography. Prints one JSON document."""

import base64
import json
import sys
import time
import uuid

import jwt
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://idp.example", "orders"
now = int(time.time())


def b64(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


first, second, stranger = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3))
curve = ec.generate_private_key(ec.SECP256R1())
pem = first.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def jwk(algorithm, key, kid, alg):
    public = json.loads(algorithm.to_jwk(key.public_key()))
    public.pop("key_ops", None)
    return public | {"kid": kid, "alg": alg, "use": "sig"}


keys = {
    "first": jwk(RSAAlgorithm, first, "first", "RS256"),
    "second": jwk(RSAAlgorithm, second, "second", "RS256"),
    "curve": jwk(ECAlgorithm, curve, "curve", "ES256"),
}
claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "kim", "scope": "orders.read", "iat": now, "exp": now + 3600}


def token(key=first, alg="RS256", head=None, **changes):
    body = {k: v for k, v in (claims | changes).items() if v is not None}
    return jwt.encode(body, key, algorithm=alg, headers={"kid": "first"} | (head or {}))


def by_hand(head, body, sign=lambda text: b""):
    text = f"{b64(head)}.{body if isinstance(body, str) else b64(body)}"
    return f"{text}.{b64(sign(text.encode()))}"


def hs256(secret):
    def sign(text):
        mac = hmac.HMAC(secret, hashes.SHA256())
        mac.update(text)
        return mac.finalize()

    return sign


def rs256(text):
    from cryptography.hazmat.primitives.asymmetric import padding

    return first.sign(text, padding.PKCS1v15(), hashes.SHA256())


good = token()
head, body, signature = good.split(".")
rs = {"alg": "RS256", "typ": "JWT", "kid": "first"}
plain = json.dumps(claims)
double = b64((plain[:-1] + ', "sub": "admin"}').encode())
accepted = {
    "plain": good,
    "second key": token(second, head={"kid": "second"}),
    "curve": token(curve, "ES256", {"kid": "curve"}),
    "no kid": jwt.encode(claims, first, algorithm="RS256"),
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
flood = [token(stranger, head={"kid": str(uuid.uuid4())}) for _ in range(int(sys.argv[1]))]
json.dump({"keys": keys, "pem": pem.decode(), "accepted": accepted, "refused": refused, "flood": flood}, sys.stdout)
