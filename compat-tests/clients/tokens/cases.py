"""Requests with tokens, for a comparison of two resource servers.

Prints keys, reads a line, and prints the requests: their times count from then on. Argument: the issuer of the
tokens of the setup `issuer`.
"""

import base64
import json
import sys
import time

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from forge import AUDIENCE, ISSUER, by_hand, b64, curve, first, hs256, jwk, keys, pem, rs256, second, stranger
from jwt import encode
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

OTHER_ISSUER = sys.argv[1]
plain_key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
wide_curve = ec.generate_private_key(ec.SECP384R1())
edwards = ed25519.Ed25519PrivateKey.generate()
pss = rsa.generate_private_key(public_exponent=65537, key_size=2048)
for_encryption = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def bare(public, *names):
    return {name: value for name, value in public.items() if name not in names}


published = [
    keys["first"],
    keys["curve"],
    bare(jwk(RSAAlgorithm, plain_key, "plain", "RS256"), "alg", "use"),
    jwk(RSAAlgorithm, pss, "pss", "PS256"),
    jwk(ECAlgorithm, wide_curve, "wide", "ES384"),
    jwk(OKPAlgorithm, edwards, "edwards", "EdDSA"),
    jwk(RSAAlgorithm, for_encryption, "enc", "RS256") | {"use": "enc"},
    {"kty": "oct", "k": b64(b"a secret that is published is none, however long it is"), "kid": "oct", "alg": "HS256", "use": "sig"},
]
issuers = [keys["first"], keys["second"], keys["curve"]]
print(json.dumps({"keyset": published, "issuer": issuers, "pem": pem.decode()}), flush=True)
sys.stdin.readline()

n = base64.urlsafe_b64decode(keys["first"]["n"] + "==")
now = int(time.time())


class Setup:
    """What one pair of gateways is asked."""

    def __init__(self, claims):
        self.claims, self.cases = claims | {"iat": now - 7200, "exp": now + 3600}, []

    def token(self, key=first, alg="RS256", head=None, **changes):
        body = {name: value for name, value in (self.claims | changes).items() if value is not None}
        return encode(body, key, algorithm=alg, headers={"kid": "first"} | (head or {}))

    def ask(self, name, authorization, path="/plain/a", method="GET", **headers):
        """`authorization`: a value, several, or None."""
        if authorization is not None:
            headers["Authorization"] = authorization
        self.cases.append({"name": name, "method": method, "path": path, "headers": headers})

    def bearer(self, name, token, *paths, **more):
        for path in paths or ("/plain/a",):
            self.ask(f"{name} {path}" if paths else name, f"Bearer {token}", path, **more)


def raw(claims, text):
    """The claims as JSON with `text` before the end."""
    return b64((json.dumps(claims)[:-1] + f", {text}}}").encode())


def attacks(setup, *paths):
    token, claims, bearer = setup.token, setup.claims, setup.bearer
    rs = {"alg": "RS256", "typ": "JWT", "kid": "first"}
    good = token()
    head, body, signature = good.split(".")
    without_exp = {name: value for name, value in claims.items() if name != "exp"}
    # Near the edge first, while the clock has hardly moved.
    bearer("expired 45 s ago, within the skew", token(exp=now - 45), *paths)
    bearer("expired 61 s ago", token(exp=now - 61), *paths)
    bearer("not yet, 50 s, within the skew", token(nbf=now + 50), *paths)
    bearer("not yet, 200 s", token(nbf=now + 200), *paths)
    bearer("expired long ago", token(iat=999_999_000, exp=1_000_000_000), *paths)
    bearer("expired and from another issuer", token(exp=now - 3600, iss="https://evil.example"), *paths)
    bearer("good", good, *paths)
    for name in ("none", "NONE", "None", "nOnE"):
        bearer(f"alg {name}", by_hand({"alg": name, "typ": "JWT"}, claims), *paths)
    bearer("alg none with a kid and a signature", by_hand({"alg": "none", "kid": "first"}, claims, rs256), *paths)
    bearer("alg none, two parts", by_hand({"alg": "none"}, claims).rstrip("."), *paths)
    for name, secret in (("public PEM", pem), ("public PEM trimmed", pem.strip()), ("modulus", n), ("nothing", b""), ("base64 of the modulus", keys["first"]["n"].encode())):
        bearer(f"HS256 with {name}", by_hand({"alg": "HS256", "typ": "JWT", "kid": "first"}, claims, hs256(secret)), *paths)
    published_secret = b"a secret that is published is none, however long it is"
    bearer("HS256 with a published secret", by_hand({"alg": "HS256", "kid": "oct"}, claims, hs256(published_secret)), *paths)
    bearer("alg missing", by_hand({"typ": "JWT", "kid": "first"}, claims, rs256), *paths)
    bearer("alg empty", by_hand(rs | {"alg": ""}, claims, rs256), *paths)
    bearer("alg number", by_hand(rs | {"alg": 256}, claims, rs256), *paths)
    bearer("alg null", by_hand(rs | {"alg": None}, claims, rs256), *paths)
    bearer("alg of small letters", by_hand(rs | {"alg": "rs256"}, claims, rs256), *paths)
    bearer("alg with a blank", by_hand(rs | {"alg": "RS256 "}, claims, rs256), *paths)
    bearer("alg unknown", by_hand(rs | {"alg": "XS999"}, claims, rs256), *paths)
    bearer("alg of another key", by_hand(rs | {"alg": "ES256"}, claims, rs256), *paths)
    for alg in ("RS384", "PS384", "RS512"):
        bearer(f"{alg} not allowed", token(alg=alg), *paths)
    bearer("stranger's key", token(stranger), *paths)
    bearer("stranger's key in the header", token(stranger, head={"jwk": jwk(RSAAlgorithm, stranger, "first", "RS256")}), *paths)
    bearer("stranger's key elsewhere", token(stranger, head={"jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}), *paths)
    for name, kid in (("of a path", "../../../../dev/null"), ("of SQL", "' OR 1=1 --"), ("of 3 KiB", "k" * 3072), ("empty", ""), ("of control characters", "a\r\nX-Injected: 1"), ("unknown", "nobody")):
        bearer(f"kid {name}", token(stranger, head={"kid": kid}), *paths)
    bearer("kid of another key", token(head={"kid": "curve"}), *paths)
    bearer("kid number", by_hand(rs | {"kid": 7}, claims, rs256), *paths)
    bearer("crit unknown", token(head={"crit": ["exp2"], "exp2": 1}), *paths)
    bearer("crit of a registered name", token(head={"crit": ["exp"], "exp": 1}), *paths)
    bearer("crit empty", token(head={"crit": []}), *paths)
    bearer("b64 false", token(head={"crit": ["b64"], "b64": False}), *paths)
    for typ in ("JWT", "jwt", "logout+jwt", "at+jwt", "application/jwt", ""):
        bearer(f"typ {typ}", by_hand(rs | {"typ": typ}, claims, rs256), *paths)
    bearer("typ missing", by_hand({"alg": "RS256", "kid": "first"}, claims, rs256), *paths)
    bearer("aud of another", token(aud="payments"), *paths)
    bearer("aud of several, one ours", token(aud=["a", AUDIENCE, "b"]), *paths)
    bearer("aud of several, none ours", token(aud=["a", "b"]), *paths)
    bearer("aud empty list", token(aud=[]), *paths)
    bearer("aud missing", token(aud=None), *paths)
    bearer("aud with more behind", token(aud=AUDIENCE + "x"), *paths)
    bearer("aud of capitals", token(aud=AUDIENCE.upper()), *paths)
    bearer("aud number", by_hand(rs, claims | {"aud": 7}, rs256), *paths)
    issuer = claims["iss"]
    for name, value in (("of another", "https://evil.example"), ("with more behind", issuer + ".evil"), ("with a slash", issuer + "/"), ("cut", issuer[:-1]), ("of capitals", issuer.upper()), ("empty", ""), ("missing", None)):
        bearer(f"iss {name}", token(iss=value), *paths)
    bearer("iss number", by_hand(rs, claims | {"iss": 7}, rs256), *paths)
    bearer("iss list", by_hand(rs, claims | {"iss": [issuer]}, rs256), *paths)
    bearer("exp missing", token(exp=None), *paths)
    for name, value in (("letters", '"tomorrow"'), ("digits in quotes", f'"{now + 3600}"'), ("float", f"{now + 3600}.5"), ("float that is over", f"{now - 3600}.5"), ("infinity", "1e400"), ("exponent", "2e9"), ("below zero", "-1"), ("zero", "0"), ("null", "null"), ("true", "true"), ("list", f"[{now + 3600}]"), ("of 20 digits", "99999999999999999999"), ("of milliseconds", f"{(now + 3600) * 1000}")):
        bearer(f"exp {name}", by_hand(rs, raw(without_exp, f'"exp": {value}'), rs256), *paths)
    for name, value in (("letters", '"x"'), ("float", f"{now - 10}.5"), ("infinity", "1e400"), ("below zero", "-1")):
        bearer(f"nbf {name}", by_hand(rs, raw(claims, f'"nbf": {value}'), rs256), *paths)
    bearer("iat in the future", token(iat=now + 7200, exp=now + 9000), *paths)
    bearer("iat letters", by_hand(rs, claims | {"iat": "x"}, rs256), *paths)
    bearer("iat is exp", token(iat=now + 90, exp=now + 90), *paths)
    bearer("iat after exp", token(iat=now + 90, exp=now + 80), *paths)
    bearer("claims twice", by_hand(rs, raw(claims, '"sub": "admin"'), rs256), *paths)
    bearer("exp twice", by_hand(rs, raw(claims, f'"exp": {now + 7200}'), rs256), *paths)
    bearer("head twice", f"{b64(b'{' + json.dumps(rs)[1:-1].encode() + b', ' + json.dumps(rs)[1:-1].encode() + b'}')}.{body}.{signature}", *paths)
    for name, value in (("list", [claims]), ("text", "kim"), ("number", 7), ("null", None)):
        bearer(f"claims of {name}", by_hand(rs, b64(json.dumps(value).encode()), rs256), *paths)
    bearer("claims empty", by_hand(rs, b64(b"{}"), rs256), *paths)
    bearer("claims of no JSON", by_hand(rs, b64(b"kim"), rs256), *paths)
    bearer("claims of bytes", by_hand(rs, b64(b"\xff\xfe{}"), rs256), *paths)
    bearer("claims deep", by_hand(rs, raw(claims, '"deep": ' + "[" * 200 + "]" * 200), rs256), *paths)
    bearer("claims changed", f"{head}.{b64(claims | {'sub': 'admin'})}.{signature}", *paths)
    bearer("head changed", f"{b64(rs | {'x': 1})}.{body}.{signature}", *paths)
    bearer("signature flipped", f"{head}.{body}.{'B' if signature[0] != 'B' else 'C'}{signature[1:]}", *paths)
    bearer("signature flipped in the middle", f"{head}.{body}.{signature[:100]}{'B' if signature[100] != 'B' else 'C'}{signature[101:]}", *paths)
    bearer("signature cut", good[:-10], *paths)
    bearer("signature longer", good + "AAAA", *paths)
    bearer("signature empty", f"{head}.{body}.", *paths)
    bearer("signature missing", f"{head}.{body}", *paths)
    bearer("signature twice", f"{good}.{signature}", *paths)
    bearer("signature of another token", f"{head}.{body}.{token(sub='lee').split('.')[2]}", *paths)
    for name, count in (("ES256 of zeros", 64), ("ES256 of nothing", 0), ("ES256 of 63", 63), ("ES256 of 65", 65)):
        bearer(name, by_hand({"alg": "ES256", "typ": "JWT", "kid": "curve"}, claims, lambda text, count=count: bytes(count)), *paths)
    bearer("encrypted", ".".join([b64({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "first"}), b64(b"k"), b64(b"i"), b64(b"c"), b64(b"t")]), *paths)
    bearer("a token in a token", by_hand(rs | {"cty": "JWT"}, b64(good.encode()), rs256), *paths)
    bearer("no token", "x", *paths)
    bearer("dots", "..", *paths)
    bearer("dots with a start", f"{head}..", *paths)
    bearer("padding", f"{head}=.{body}=.{signature}=", *paths)
    bearer("head of no JSON", f"{b64(b'x')}.{body}.{signature}", *paths)
    bearer("head of a list", f"{b64(b'[]')}.{body}.{signature}", *paths)


def headers(setup):
    good, ask = setup.token(), setup.ask
    ask("no header", None)
    for name, value in (
        ("scheme alone", "Bearer"), ("scheme with a blank", "Bearer "), ("small scheme", f"bearer {good}"),
        ("mixed scheme", f"bEaReR {good}"), ("two blanks", f"Bearer  {good}"), ("tab", f"Bearer\t{good}"),
        ("no blank", f"Bearer{good}"), ("blank behind", f"Bearer {good} "), ("blank inside", "Bearer a b"),
        ("comma", f"Bearer {good},{good}"), ("quoted", f'Bearer "{good}"'), ("with padding", f"Bearer {good}="),
        ("with padding in front", f"Bearer ={good}"), ("other characters", "Bearer a$b"), ("percent", "Bearer a%20b"),
        ("basic", "Basic eDp5"), ("digest", "Digest x"), ("token scheme", f"Token {good}"), ("JWT scheme", f"JWT {good}"),
        ("nothing", ""), ("two schemes", f"Basic eDp5, Bearer {good}"), ("negotiate", "Negotiate YII="),
        ("DPoP scheme", f"DPoP {good}"), ("the token alone", good), ("tilde and slash", "Bearer a~b/c+d"),
    ):
        ask(f"header {name}", value)
        ask(f"header {name}, public", value, "/plain/public/a")
    ask("two lines, equal", [f"Bearer {good}"] * 2)
    ask("two lines, second bad", [f"Bearer {good}", "Bearer x"])
    ask("two lines, first bad", ["Bearer x", f"Bearer {good}"])
    ask("two lines, basic first", ["Basic eDp5", f"Bearer {good}"])
    ask("two lines, basic second", [f"Bearer {good}", "Basic eDp5"])
    ask("in the query", None, f"/plain/a?access_token={good}")
    ask("in the query, public", None, f"/plain/public/a?access_token={good}")
    ask("in the query and the header", f"Bearer {good}", f"/plain/a?access_token={good}")
    ask("in the query twice", None, f"/plain/a?access_token={good}&access_token={good}")
    ask("in another header", None, **{"X-Authorization": f"Bearer {good}"})
    ask("in a cookie", None, **{"Cookie": f"access_token={good}"})
    ask("for the proxy", None, **{"Proxy-Authorization": f"Bearer {good}"})


def rules(setup):
    token, bearer, ask = setup.token, setup.bearer, setup.ask
    for path in ("/plain/public/a", "/plain/public", "/plain/publicity", "/plain/denied/a", "/plain/admin/a", "/plain/role/a", "/plain/orders/1", "/nothing"):
        for method in ("GET", "POST", "HEAD", "DELETE"):
            ask(f"nobody {method} {path}", None, path, method)
            ask(f"kim {method} {path}", f"Bearer {token()}", path, method)
    for name, changes in (
        ("admin", {"scope": "admin"}), ("admin among others", {"scope": "a admin b"}), ("admin in capitals", {"scope": "ADMIN"}),
        ("admin by two blanks", {"scope": "a  admin"}), ("admin by comma", {"scope": "a,admin"}), ("admin as list", {"scope": ["a", "admin"]}),
        ("admin in scp", {"scope": None, "scp": "admin"}), ("admin in scp list", {"scope": None, "scp": ["admin"]}),
        ("admin in scp beside scope", {"scope": "a", "scp": "admin"}), ("admin in scope beside scp", {"scope": "admin", "scp": "a"}),
        ("scope empty beside scp", {"scope": "", "scp": "admin"}), ("scope number", {"scope": 7}), ("scope missing", {"scope": None}),
        ("scope list of numbers", {"scope": [7, "admin"]}), ("scope of an object", {"scope": {"admin": True}}),
        ("admin in roles", {"roles": ["admin", "ADMIN"]}), ("admin with its prefix", {"scope": "SCOPE_admin"}), ("role in scope", {"scope": "ROLE_ADMIN"}),
        ("admin by tab", {"scope": "a\tadmin"}), ("no sub", {"sub": None, "scope": "admin"}),
    ):
        bearer(f"scopes {name}", token(**changes), "/plain/admin/a", "/plain/role/a")
    for scope in ("orders.read", "orders.write", "orders.read orders.write", "orders"):
        for method, path in (("GET", "/plain/orders/1/lines"), ("POST", "/plain/orders/1"), ("POST", "/plain/orders"), ("PUT", "/plain/orders/1"), ("GET", "/plain/orders/1/lines/2")):
            ask(f"orders {scope} {method} {path}", f"Bearer {token(scope=scope)}", path, method)


def algorithms(setup):
    token, bearer = setup.token, setup.bearer
    bearer("ES256", token(curve, "ES256", {"kid": "curve"}))
    bearer("PS256", token(pss, "PS256", {"kid": "pss"}))
    bearer("PS256 with the key of RS256", token(first, "PS256"))
    bearer("RS256 with the key of PS256", token(pss, "RS256", {"kid": "pss"}))
    bearer("RS256, key without alg", token(plain_key, head={"kid": "plain"}))
    bearer("PS256, key without alg", token(plain_key, "PS256", {"kid": "plain"}))
    bearer("ES384 not allowed", token(wide_curve, "ES384", {"kid": "wide"}))
    bearer("EdDSA not allowed", token(edwards, "EdDSA", {"kid": "edwards"}))
    bearer("key for encryption", token(for_encryption, head={"kid": "enc"}))
    for name, key, alg in (("first", first, "RS256"), ("plain", plain_key, "RS256"), ("curve", curve, "ES256"), ("pss", pss, "PS256"), ("stranger", stranger, "RS256")):
        bearer(f"no kid, key {name}", encode(setup.claims, key, algorithm=alg))
    bearer("keys in the header are no source", token(head={"jku": "http://127.0.0.1:1/", "jwk": keys["second"], "x5u": "http://127.0.0.1:1/"}))
    bearer("certificate in the header", token(head={"x5c": ["x"]}))
    bearer("thumbprint in the header", token(head={"x5t": "x"}))
    bearer("zip in the header", token(head={"zip": "DEF"}))


def names(setup):
    """Claims of other names, as another configuration has them."""
    token, bearer = setup.token, setup.bearer
    for name, changes in (
        ("list", {"roles": ["USER", "ADMIN"]}), ("by comma", {"roles": "USER,ADMIN"}), ("by comma and blank", {"roles": "USER, ADMIN"}),
        ("by blank", {"roles": "USER ADMIN"}), ("alone", {"roles": "ADMIN"}), ("small", {"roles": "admin"}), ("with prefix", {"roles": "ROLE_ADMIN"}),
        ("empty", {"roles": ""}), ("missing", {"roles": None}), ("in scope", {"roles": None, "scope": "ADMIN"}), ("object", {"roles": {"ADMIN": 1}}), ("number", {"roles": 7}), ("null inside", {"roles": [None, "ADMIN"]}),
        ("no user", {"user": None, "roles": "ADMIN"}), ("user number", {"user": 7, "roles": "ADMIN"}),
    ):
        bearer(f"roles {name}", token(**changes), "/plain/role/a", "/plain/admin/a", "/plain/a", "/plain/public/a")
    bearer("ES256 with a key of the issuer", token(curve, "ES256", {"kid": "curve"}))
    bearer("second key", token(second, head={"kid": "second"}))
    bearer("first key named as the second", token(first, head={"kid": "second"}))


keyset = Setup({"iss": ISSUER, "aud": AUDIENCE, "sub": "kim", "scope": "orders.read"})
attacks(keyset, "/plain/a", "/plain/public/a")
headers(keyset)
rules(keyset)
algorithms(keyset)
single = Setup({"iss": ISSUER, "aud": AUDIENCE, "sub": "kim", "scope": "orders.read"})
attacks(single)
issuer = Setup({"iss": OTHER_ISSUER, "aud": AUDIENCE, "sub": "kim", "user": "kim"})
attacks(issuer)
names(issuer)
print(json.dumps({"keyset": keyset.cases, "pem": single.cases, "issuer": issuer.cases}), flush=True)
