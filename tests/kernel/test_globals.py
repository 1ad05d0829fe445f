"""What cells and packages find of Node and the web: random numbers, clocks, buffers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

# As packages do it: nanoid 5, uuid 8 and 3.
NANOID = """
import {webcrypto as crypto} from 'node:crypto';
const pool = Buffer.allocUnsafe(21 * 128);
crypto.getRandomValues(pool);
export const nanoid = () => pool.subarray(0, 21).reduce((text, byte) => text + (byte & 63).toString(36), '');
"""
UUID = """
const crypto = require('crypto');
exports.fill = () => crypto.randomFillSync(new Uint8Array(256));
exports.bytes = () => crypto.randomBytes(16);
"""


def test_packages_that_make_names_of_random_numbers(kernel: Any, tmp_path: Path) -> None:
    (tmp_path / "nanoid.mjs").write_text(NANOID)
    (tmp_path / "uuid.cjs").write_text(UUID)
    code = f"import {{nanoid}} from '{tmp_path}/nanoid.mjs'; import * as uuid from '{tmp_path}/uuid.cjs'\n"
    assert int(kernel.ok(f"{code}nanoid().length").result) >= 21
    assert kernel.ok("new Set(uuid.fill()).size > 50").result == "true"
    assert kernel.ok("[uuid.bytes().length, uuid.bytes().toString('hex').length]").result == "[ 16, 32 ]"
    assert kernel.ok("uuid.bytes().equals(uuid.bytes())").result == "false"


def test_crypto_as_a_module(kernel: Any) -> None:
    kernel.ok("%%isolate plain\nimport crypto1, {randomUUID, randomBytes, randomFillSync} from 'node:crypto'")
    run = kernel.ok(
        "%%isolate plain\n[crypto1.webcrypto === crypto, randomUUID().length, randomBytes(0).length]"
    )
    assert run.result == "[ true, 36, 0 ]"
    assert kernel.ok("%%isolate plain\nnew Set(randomBytes(2e5)).size").result == "256"
    code = (
        "const a = randomFillSync(new Uint16Array(100), 50);"
        "[a.slice(0, 50), a.slice(50)].map(part => part.some(item => item))"
    )
    assert kernel.ok(f"%%isolate plain\n{code}").result == "[ false, true ]"
    later = "await new Promise(done => randomBytes(3, (error, bytes) => done([error, bytes.length])))"
    assert kernel.ok(f"%%isolate plain\n{later}").result == "[ null, 3 ]"
    for wrong in ("randomBytes('1')", "randomBytes(-1)", "randomBytes(1.5)", "randomBytes(2 ** 31)"):
        assert kernel.fails(f"%%isolate plain\n{wrong}").error["ename"] in ("TypeError", "RangeError")
    for wrong in ("[1]", "new Uint8Array(4), 5", "new Uint8Array(4), 2, 3", "new Uint16Array(1), .3"):
        kernel.fails(f"%%isolate plain\nrandomFillSync({wrong})")


def test_a_buffer_as_nodes(kernel: Any) -> None:
    assert kernel.ok("Buffer.from('hé').toString('base64')").result == "'aMOp'"
    assert kernel.ok("Buffer.from('hi')").result == "<Buffer 68 69>"
    assert kernel.ok("require('buffer').Buffer === Buffer").result == "true"
    assert kernel.ok("import {Buffer as imported} from 'node:buffer'; imported === Buffer").result == "true"
    assert kernel.ok("%%isolate plain\ntypeof Buffer").result == "'undefined'"
    run = kernel.ok("%%isolate plain\nimport {Buffer} from 'buffer'; Buffer.from([1, 2]).readUInt16BE()")
    assert run.result == "258"
    assert kernel.ok("%context fresh\nvar Buffer = 1; Buffer").result == "1"
    kernel.ok("%context main")


@pytest.mark.parametrize("where", ["", "%%isolate plain\n"])
def test_timers_as_promises(kernel: Any, where: str) -> None:
    code = """
    import util from 'util';
    import timers from 'node:timers';
    import {setTimeout as sleep, setInterval as every, scheduler} from 'timers/promises';
    let count = 0;
    for await (const value of every(1, 'tick')) if (value === 'tick' && ++count === 3) break;
    await scheduler.wait(1);
    [await util.promisify(setTimeout)(1, 'a'), await sleep(1, 'b'), timers.setTimeout === setTimeout, count]
    """
    assert kernel.ok(f"{where}{code}").result == "[ 'a', 'b', true, 3 ]"


def test_a_signal_ends_a_wait(kernel: Any) -> None:
    code = """
    import {setTimeout as wait} from 'timers/promises';
    const listeners = [];
    const signal = {
      aborted: false, reason: 'enough',
      addEventListener: (type, listener) => listeners.push(listener),
      removeEventListener: (type, listener) => listeners.splice(listeners.indexOf(listener), 1),
    };
    await wait(1, 'x', {signal});
    const left = listeners.length;
    const waiting = wait(100000, 'x', {signal});
    listeners[0]();
    const error = await waiting.catch((error) => error);
    [left, error.name, error.code, error.message, error.cause]
    """
    expected = "[ 0, 'AbortError', 'ABORT_ERR', 'The operation was aborted', 'enough' ]"
    assert kernel.ok(code).result == expected


def test_process_says_what_it_can_not(kernel: Any) -> None:
    assert "`exit`" in kernel.fails("process.exit()").error["evalue"]
    warned = kernel.ok("process.emitWarning('careful')")
    assert (warned.stderr, warned.result) == ("Warning: careful\n", None)


@pytest.mark.parametrize("where", ["", "%%isolate plain\n"])
def test_a_clock_that_never_goes_back(kernel: Any, where: str) -> None:
    code = "const past = performance.now(); while (performance.now() <= past); performance.now() > past"
    assert kernel.ok(f"{where}{code}").result == "true"
    code = "Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000"
    assert kernel.ok(f"{where}{code}").result == "true"
    code = "import {performance as again} from 'node:perf_hooks'; again === performance"
    assert kernel.ok(f"{where}{code}").result == "true"


def test_clocks_of_isolates_that_are_not_trusted_are_coarse(kernel: Any) -> None:
    code = """const times = new Set(), end = performance.now() + 20;
for (let now = 0; now < end;) times.add(now = performance.now());
const list = [...times];
[list.every(x => Math.round(x * 10) / 10 === x), list.length < 250]"""
    assert kernel.ok(f"%%isolate plain\n{code}").result == "[ true, true ]"
    fine = "import process1 from 'process'; const ns = process1.hrtime.bigint(); ns % 100_000n"
    assert kernel.ok(f"%%isolate plain\n{fine}").result == "0n"
    assert kernel.ok(f"{code}[0]").result == "false"
