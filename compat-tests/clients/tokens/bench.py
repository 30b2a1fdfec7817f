"""Prints a key set, and tokens of many users for each algorithm: bench.py COUNT."""

import json
import sys

from forge import curve, keys, now, token

count = int(sys.argv[1])
who = [{"sub": f"user-{number}", "jti": f"{number:032x}", "exp": now + 6 * 3600} for number in range(count)]
tokens = {
    "RS256": [token(**claims) for claims in who],
    "ES256": [token(curve, "ES256", {"kid": "curve"}, **claims) for claims in who],
}
json.dump({"keys": [keys["first"], keys["curve"]], "tokens": tokens}, sys.stdout)
