// Virtual time and seeded chance: what all repeatability rests on.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { steadyClock, systemClock } from 'lorica/hosts/node/clock';
import { Random } from 'lorica/hosts/simulator/random';
import { NodeTimer, VirtualTime } from 'lorica/hosts/simulator/virtual-time';

describe('virtual time', () => {
  it('runs what is due in order of time, and at equal times in order of asking', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }), (delays) => {
      const time = new VirtualTime();
      const ran: { due: number; order: number; at: number }[] = [];
      delays.forEach((due, order) => time.after(due, () => ran.push({ due, order, at: time.elapsedMs })));
      time.run(1000);
      const expected = delays.map((due, order) => ({ due, order, at: due })).sort((a, b) => a.due - b.due || a.order - b.order);
      assert.deepEqual(ran, expected);
    }));
  });

  it('runs nothing that was cancelled, and nothing before its time', () => {
    const time = new VirtualTime(1000);
    const ran: string[] = [];
    const cancel = time.after(5, () => ran.push('cancelled'));
    time.after(10, () => ran.push('late'));
    cancel();
    time.run(9);
    assert.deepEqual(ran, []);
    assert.equal(time.clock.now(), 1009);
    time.run(10);
    assert.deepEqual(ran, ['late']);
    cancel();
  });

  it('lets an event ask for another at the same instant, which runs after those that wait', () => {
    const time = new VirtualTime();
    const ran: number[] = [];
    time.after(1, () => { ran.push(1); time.after(0, () => ran.push(3)); });
    time.after(1, () => ran.push(2));
    time.run(1);
    assert.deepEqual(ran, [1, 2, 3]);
  });

  it('refuses a delay that is no time', () => {
    assert.throws(() => new VirtualTime().after(-1, () => undefined), RangeError);
    assert.throws(() => new VirtualTime().after(Number.NaN, () => undefined), RangeError);
  });

  it('forgets the timers of a node that loses power, and counts ticks from its boot', () => {
    const time = new VirtualTime(5000);
    time.run(100);
    const timer = new NodeTimer(time.clock);
    const ran: string[] = [];
    timer.set(() => ran.push('fired'), 10);
    timer.clear(timer.set(() => ran.push('cleared'), 10));
    time.run(150);
    assert.deepEqual(ran, ['fired']);
    assert.equal(timer.ticks(), 50);
    timer.set(() => ran.push('lost'), 10);
    timer.stop();
    timer.set(() => ran.push('after'), 10);
    time.run(500);
    assert.deepEqual(ran, ['fired']);
  });

  it('never lets a node\'s ticks go back when the wall clock is set back', () => {
    let now = 10_000;
    const timer = new NodeTimer({ now: () => now, after: () => () => undefined });
    now = 10_500;
    assert.equal(timer.ticks(), 500);
    now = 9_000;
    assert.equal(timer.ticks(), 500);
  });
});

describe('the machine\'s clocks', () => {
  it('agree, and the steady one never goes back', () => {
    assert.ok(Math.abs(steadyClock.now() - systemClock.now()) < 5000);
    for (let i = 0, last = 0; i < 1000; i++) {
      const now = steadyClock.now();
      assert.ok(Number.isInteger(now) && now >= last);
      last = now;
    }
  });

  it('call back once, not early, and never when cancelled', async () => {
    for (const clock of [systemClock, steadyClock]) {
      const started = performance.now();
      clock.after(5, () => { assert.fail('cancelled'); })();
      await new Promise<void>((resolve) => { clock.after(20, resolve); });
      assert.ok(performance.now() - started >= 19);
    }
  });

  it('bear a delay beyond what the engine\'s timers take, and do not fire at once', async () => {
    const cancel = systemClock.after(2 ** 40, () => { assert.fail('fired'); });
    await new Promise<void>((resolve) => { systemClock.after(20, resolve); });
    cancel();
  });
});

describe('seeded chance', () => {
  it('gives a named stream the same numbers, whoever else draws', () => {
    const quiet = new Random(7).stream('node 3').stream('body');
    const root = new Random(7);
    root.uint32();
    root.stream('newcomer').normal();
    const busy = root.stream('node 3');
    busy.bytes(13);
    const again = busy.stream('body');
    for (let i = 0; i < 100; i++) assert.equal(again.uint32(), quiet.uint32());
  });

  it('gives other numbers to another seed and to another name', () => {
    const draws = [new Random(7), new Random(8), new Random(7).stream('a'), new Random(7).stream('b'), new Random('7/a/b')].map((random) => random.uint32());
    assert.equal(new Set(draws).size, draws.length);
  });

  it('is uniform and normal within what chance allows', () => {
    const random = new Random(1);
    const count = 100_000;
    let sum = 0;
    let normalSum = 0;
    let squares = 0;
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < count; i++) {
      const u = random.uniform();
      assert.ok(u >= 0 && u < 1);
      sum += u;
      bins[Math.floor(u * 16)]!++;
      const n = random.normal();
      normalSum += n;
      squares += n * n;
    }
    assert.ok(Math.abs(sum / count - 0.5) < 0.005);
    assert.ok(Math.abs(normalSum / count) < 0.02);
    assert.ok(Math.abs(squares / count - 1) < 0.02);
    const chiSquare = bins.reduce((total, bin) => total + (bin - count / 16) ** 2 / (count / 16), 0);
    assert.ok(chiSquare < 44, `chi square ${String(chiSquare)} at 15 degrees of freedom`); // p = 0.0001
  });

  it('fills any length of entropy and bounds whole numbers', () => {
    const random = new Random(2);
    for (let length = 0; length < 40; length++) assert.equal(random.entropy(length).length, length);
    for (let i = 0; i < 1000; i++) assert.ok(random.integer(3) < 3);
    assert.throws(() => random.integer(0), RangeError);
  });
});
