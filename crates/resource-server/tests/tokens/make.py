#!/usr/bin/env python3
"""Makes the tokens of the tests with PyJWT, a library of another language.

    python3 -m venv env && env/bin/pip install "pyjwt[crypto]==2.15.1"
    env/bin/python make.py

The keys are for tests alone and stay as they are once made; the tokens are made anew. All times
count from 2026-01-01T00:00:00Z, which the tests take for now.
"""

import base64
import hashlib
import hmac
import json
import pathlib

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.api_jws import PyJWS

HERE = pathlib.Path(__file__).parent
NOW = 1767225600
ISSUER = "https://idp.example/realms/a"
CLAIMS = {
    "iss": ISSUER, "sub": "ann", "aud": ["orders", "https://api.example"],
    "iat": NOW, "exp": NOW + 300, "scope": "orders.read orders.write",
    "roles": ["ADMIN", "CLERK"], "tenant": "north",
}
MAKERS = {
    "test-rsa": lambda: rsa.generate_private_key(65537, 2048),
    "test-rsa-small": lambda: rsa.generate_private_key(65537, 1024),
    "test-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "test-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "test-ed25519": ed25519.Ed25519PrivateKey.generate,
    "test-stranger": lambda: rsa.generate_private_key(65537, 2048),
}


def key(name):
    """The private key of this name, made if it is not there; its public half is written beside."""
    path = HERE / f"{name}.pem"
    if not path.exists():
        pem = MAKERS[name]().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())
        path.write_bytes(pem)
    found = serialization.load_pem_private_key(path.read_bytes(), None)
    (HERE / f"{name}.pub.pem").write_bytes(found.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return found


KEYS = {name: key(name) for name in MAKERS}


def jwk(name, **more):
    maker = {"RSA": jwt.algorithms.RSAAlgorithm, "EC": jwt.algorithms.ECAlgorithm,
             "OKP": jwt.algorithms.OKPAlgorithm}
    kind = "RSA" if "rsa" in name or "stranger" in name else "OKP" if "ed" in name else "EC"
    members = maker[kind].to_jwk(KEYS[name].public_key(), as_dict=True)
    members.pop("key_ops", None)
    return {**members, **more}


def b64(data):
    data = data if isinstance(data, bytes) else data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(algorithm="RS256", name="test-rsa", headers=None, **changes):
    """A token with these claims; a claim that is None is left out."""
    claims = {k: v for k, v in {**CLAIMS, **changes}.items() if v is not None}
    headers = {"kid": name} if headers is None else headers
    return jwt.encode(claims, KEYS[name], algorithm=algorithm, headers=headers)


def raw(payload, header=None):
    """A token with a valid signature over a payload as it is written."""
    return PyJWS().encode(payload.encode(), KEYS["test-rsa"], "RS256",
                          headers={"kid": "test-rsa", **(header or {})})


def payload(exp):
    return json.dumps({**CLAIMS, "exp": "EXP"}).replace('"EXP"', exp)


def hs256(secret):
    """HS256 with something public as its secret, which PyJWT refuses to do."""
    text = f'{b64(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "test-rsa"}))}.{b64(json.dumps(CLAIMS))}'
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def with_signature(header, signature):
    return f"{b64(json.dumps(header))}.{b64(json.dumps(CLAIMS))}.{b64(signature)}"


def good():
    by = {"test-rsa": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
          "test-p256": ["ES256"], "test-p384": ["ES384"], "test-ed25519": ["EdDSA"]}
    made = {alg: signed(alg, name) for name, algs in by.items() for alg in algs}
    return made | {
        "no kid": signed(headers={}),
        "no typ": signed(headers={"kid": "test-rsa", "typ": ""}),
        "at+jwt": signed(headers={"kid": "test-rsa", "typ": "at+jwt"}),
        "aud text": signed(aud="orders"),
        "exp float": raw(payload(f"{NOW + 300}.5")),
        "expired 59 s": signed(iat=NOW - 3600, exp=NOW - 59),
        "no exp": signed(exp=None),
    }


def bad():
    stranger = jwk("test-stranger", kid="test-rsa")
    elsewhere = {"kid": "test-rsa", "jku": "https://evil.example/keys",
                 "x5u": "https://evil.example/cert", "jwk": stranger, "x5c": ["AQAB"]}
    public = (HERE / "test-rsa.pub.pem").read_bytes()
    modulus = jwk("test-rsa")["n"]
    return {
        "none": jwt.encode(CLAIMS, None, algorithm="none"),
        "none with signature": with_signature({"alg": "none"}, b"x"),
        "None": with_signature({"alg": "None"}, b""),
        "hs256 public pem": hs256(public),
        "hs256 public der": hs256(KEYS["test-rsa"].public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)),
        "hs256 jwk n": hs256(modulus.encode()),
        "hs256 jwk n bytes": hs256(base64.urlsafe_b64decode(modulus + "==")),
        "kid path": signed(headers={"kid": "../../../../dev/null"}),
        "kid sql": signed(headers={"kid": "x' UNION SELECT 'AQAB"}),
        "kid long": signed(headers={"kid": "k" * 10 * 1024}),
        "key in header": signed(name="test-stranger", headers=elsewhere),
        "stranger": signed(name="test-stranger", headers={"kid": "test-rsa"}),
        "stranger no kid": signed(name="test-stranger", headers={}),
        "small rsa": jwt.encode(CLAIMS, KEYS["test-rsa-small"], "RS256",
                                headers={"kid": "test-rsa-small"}),
        "key for encryption": signed(headers={"kid": "test-enc"}),
        "key for RS512": signed(headers={"kid": "test-rs512"}),
        "rsa kid, ec key": signed("ES256", "test-p256", headers={"kid": "test-rsa"}),
        "wrong aud": signed(aud="billing"),
        "no aud": signed(aud=None),
        "iss prefix": signed(iss="https://idp.example.evil"),
        "iss slash": signed(iss=ISSUER + "/"),
        "expired 61 s": signed(exp=NOW - 61),
        "early 61 s": signed(nbf=NOW + 61),
        "exp text": raw(payload(f'"{NOW + 300}"')),
        "exp 1e400": raw(payload("1e400")),
        "exp null": raw(payload("null")),
        "claim twice": raw(json.dumps(CLAIMS)[:-1] + ', "sub": "root"}'),
        "payload list": raw("[]"),
        "crit": signed(headers={"kid": "test-rsa", "crit": ["exp"], "exp": NOW}),
        "typ": signed(headers={"kid": "test-rsa", "typ": "logout+jwt"}),
        "jwe": ".".join([b64(json.dumps({"alg": "RSA-OAEP", "enc": "A256GCM", "cty": "JWT"})),
                         b64(b"k" * 256), b64(b"i" * 12), b64(signed().encode()), b64(b"t" * 16)]),
        "jwe inside": raw(f'"{b64("x")}"', {"cty": "JWT"}),
        "es256 zero": with_signature({"alg": "ES256", "kid": "test-p256"}, bytes(64)),
        "es256 der": with_signature({"alg": "ES256", "kid": "test-p256"},
                                    bytes([0x30, 6, 2, 1, 1, 2, 1, 1])),
        "eddsa zero": with_signature({"alg": "EdDSA", "kid": "test-ed25519"}, bytes(64)),
        "empty signature": signed().rsplit(".", 1)[0] + ".",
    }


def main():
    names = ["test-rsa", "test-p256", "test-p384", "test-ed25519", "test-rsa-small"]
    keys = [jwk(name, kid=name) for name in names]
    keys.append(jwk("test-rsa", kid="test-enc", use="enc"))
    keys.append(jwk("test-rsa", kid="test-rs512", alg="RS512"))
    keys.append({"kty": "oct", "kid": "test-oct", "alg": "HS256", "k": b64("secret" * 8)})
    write = lambda name, what: (HERE / name).write_text(json.dumps(what, indent=1) + "\n")
    write("jwk-set.json", {"keys": keys})
    write("tokens.json", {"good": good(), "bad": bad()})


if __name__ == "__main__":
    main()
