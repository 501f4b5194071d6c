// A recording goes in at the sensor's end: all of its samples, its scale, and nothing that it does not hold.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from 'lorica/hosts/node/failure';
import { readRecord } from 'lorica/hosts/node/wfdb/record';
import { annotationFile, openRecording, recordingSensors } from 'lorica/hosts/simulator/recording';
import { NodeTimer, VirtualTime } from 'lorica/hosts/simulator/virtual-time';
import { MAX_READ_SAMPLES } from 'lorica/node/world';
import { CHANNEL } from 'lorica/reading/reading';
import { recording } from '../support/recordings.ts';

/** Format 16: little-endian, frame by frame. */
function writeWfdb(folder: string, name: string, signals: readonly { name: string; gain: string; samples: readonly number[] }[], rate = 100): string {
  const count = signals[0]!.samples.length;
  const bytes = Buffer.alloc(2 * count * signals.length);
  signals.forEach(({ samples }, s) => { samples.forEach((sample, i) => { bytes.writeInt16LE(sample, 2 * (i * signals.length + s)); }); });
  writeFileSync(join(folder, `${name}.dat`), bytes);
  const lines = signals.map((signal) => `${name}.dat 16 ${signal.gain} 16 0 ${String(signal.samples[0])} 0 0 ${signal.name}`);
  writeFileSync(join(folder, `${name}.hea`), `${[`${name} ${String(signals.length)} ${String(rate)} ${String(count)}`, ...lines].join('\n')}\n`);
  return join(folder, name);
}

describe('recordings as sensors', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'lorica-recording-')); });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

  it('play lead II with the header\'s rate, resolution and baseline, every sample once, and invent no vital sign', () => {
    const samples = Array.from({ length: 1234 }, (_, i) => ((i * 7919) % 65_536) - 32_768);
    const path = writeWfdb(folder, 'r', [{ name: 'V5', gain: '200(0)/mV', samples: samples.map(() => 1) }, { name: 'MLII', gain: '200(1024)/mV', samples }]);
    const time = new VirtualTime();
    const sensors = recordingSensors(openRecording(path), new NodeTimer(time.clock));
    assert.deepEqual(sensors.vitals.sample(), []);
    assert.equal(sensors.events, undefined);
    assert.equal(sensors.waveforms.length, 1);
    const [lead] = sensors.waveforms;
    assert.deepEqual([lead!.channel, lead!.rateMilliHertz, lead!.resolution, lead!.baseline], [CHANNEL.ecgII, 100_000, 5000, 1024]);
    const out: number[] = [];
    time.run(5000);
    assert.equal(lead!.read(), undefined);
    lead!.start();
    for (let ms = 5000; ms < 30_000; ms += 330) {
      time.run(ms);
      const read = lead!.read();
      if (read === undefined) continue;
      assert.equal(read.firstIndex, out.length);
      assert.equal(read.tick, 5000 + out.length * 10);
      out.push(...read.samples);
    }
    assert.deepEqual(out, samples);
  });

  it('hold while the channel is stopped, so that no sample is skipped', () => {
    const samples = Array.from({ length: 600 }, (_, i) => i);
    const time = new VirtualTime();
    const [lead] = recordingSensors(openRecording(writeWfdb(folder, 'r', [{ name: 'II', gain: '200/mV', samples }])), new NodeTimer(time.clock)).waveforms;
    lead!.start();
    time.run(1000);
    assert.equal(lead!.read()!.samples.length, 100);
    lead!.stop();
    time.run(61_000);
    lead!.start();
    time.run(62_000);
    const read = lead!.read()!;
    assert.deepEqual([read.firstIndex, read.tick, read.samples[0]], [100, 61_000, 100]);
  });

  it('give no more at once than a sensor may, and lose nothing by it', () => {
    const samples = Array.from({ length: 10_000 }, (_, i) => i);
    const time = new VirtualTime();
    const [lead] = recordingSensors(openRecording(writeWfdb(folder, 'r', [{ name: 'II', gain: '200/mV', samples }])), new NodeTimer(time.clock)).waveforms;
    lead!.start();
    time.run(200_000);
    const lengths = [0, 1, 2, 3].map(() => lead!.read()?.samples.length);
    assert.deepEqual(lengths, [MAX_READ_SAMPLES, MAX_READ_SAMPLES, 10_000 - 2 * MAX_READ_SAMPLES, undefined]);
  });

  it('call the scale plain counts where whole nanovolts would be wrong', () => {
    const resolution = (gain: string): number => openRecording(writeWfdb(folder, 'r', [{ name: 'II', gain, samples: [1, 2] }])).channels[0]!.resolution;
    assert.equal(resolution('7247/mV'), 138); // 137.99 nV
    assert.equal(resolution('1/uV'), 1000);
    assert.equal(resolution('300000/mV'), 0); // 3.33 nV
    assert.equal(resolution('200/mmHg'), 0);
  });

  it('take CSV as counts where all values are whole, else as millivolts', () => {
    writeFileSync(join(folder, 'counts.csv'), 'time,ecg\n0,12\n0.01,-7\n0.02,9\n');
    writeFileSync(join(folder, 'volts.csv'), 'time,ecg\n0,0.5\n0.004,-0.25\n0.008,1\n');
    const [counts] = openRecording(join(folder, 'counts.csv')).channels;
    assert.deepEqual([[...counts!.samples], counts!.resolution, counts!.rateMilliHertz], [[12, -7, 9], 0, 100_000]);
    const [volts] = openRecording(join(folder, 'volts.csv')).channels;
    assert.deepEqual([[...volts!.samples], volts!.resolution, volts!.rateMilliHertz], [[125, -62, 250], 4000, 250_000]);
    writeFileSync(join(folder, 'bare.csv'), 'a;b\n1;5\n2;6\n');
    const [bare] = openRecording(join(folder, 'bare.csv'), { rate: 50, column: 'a' }).channels;
    assert.deepEqual([[...bare!.samples], bare!.rateMilliHertz], [[1, 2], 50_000]);
  });

  it('refuse in one sentence what they cannot play', () => {
    const sentence = (path: string, pattern: RegExp): void => {
      assert.throws(() => openRecording(path), (error) => error instanceof UserError && pattern.test(error.message) && !error.message.includes('\n'));
    };
    sentence(join(folder, 'nothing'), /does not exist/);
    sentence(writeWfdb(folder, 'abp', [{ name: 'ABP', gain: '100/mmHg', samples: [1, 2] }]), /ABP/);
    writeFileSync(join(folder, 'text.hea'), 'once upon a time\n');
    sentence(join(folder, 'text'), /WFDB header/);
    writeFileSync(join(folder, 'hole.csv'), `t,ecg\n0,1\n0.01,\n${Array.from({ length: 20 }, (_, i) => `${String((i + 2) / 100)},1`).join('\n')}\n`);
    sentence(join(folder, 'hole.csv'), /no number in sample 2/);
    writeFileSync(join(folder, 'large.csv'), 't,ecg\n0,0.5\n0.01,900\n');
    sentence(join(folder, 'large.csv'), /too large/);
    const wide = writeWfdb(folder, 'wide', [{ name: 'II', gain: '200/mV', samples: [1, 2] }]);
    writeFileSync(`${wide}.dat`, Buffer.from([1, 0, 0, 0x40]));
    writeFileSync(`${wide}.hea`, 'wide 1 100 1\nwide.dat 32 200/mV 24 0 0 0 0 II\n');
    sentence(wide, /more than 16 bits/);
    const cut = writeWfdb(folder, 'cut', [{ name: 'II', gain: '200/mV', samples: Array.from({ length: 50 }, () => 3) }]);
    writeFileSync(`${cut}.dat`, Buffer.alloc(31));
    sentence(cut, /cut/);
  });

  it('play MIT-BIH 100 bit for bit', function () {
    const path = recording(this, 'ecg-mitbih/100', 'ecg-mitbih/100.hea');
    const opened = openRecording(path);
    assert.deepEqual(opened.channels.map(({ name }) => name), ['MLII']);
    assert.equal(Math.round(opened.seconds), 1806);
    assert.ok(annotationFile(path) !== undefined);
    const time = new VirtualTime();
    const [lead] = recordingSensors(opened, new NodeTimer(time.clock)).waveforms;
    assert.deepEqual([lead!.rateMilliHertz, lead!.resolution, lead!.baseline], [360_000, 5000, 1024]);
    lead!.start();
    const truth = readRecord(path).signals[0]!.samples;
    let at = 0;
    for (let second = 1; second <= 1807; second++) {
      time.run(second * 1000);
      const read = lead!.read();
      if (read === undefined) break;
      assert.equal(read.firstIndex, at);
      for (const sample of read.samples) if (sample !== truth[at++]) assert.fail(`sample ${String(at - 1)}`);
    }
    assert.equal(at, 650_000);
  });
});
