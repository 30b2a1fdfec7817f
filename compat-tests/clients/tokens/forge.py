"""Keys, and what makes tokens good and bad with PyJWT and cryptography."""

import base64
import json
import time

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
claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "kim", "scope": "orders.read", "iat": now - 3600, "exp": now + 3600}


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
