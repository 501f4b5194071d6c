import assert from 'node:assert/strict';
import { LINE_INTERVAL_MS, StatusLine } from 'lorica/hosts/node/status-line';
import { requireFreePort } from 'lorica/hosts/node/ports';

describe('the status line', () => {
  it('is written over on a terminal, is no wider than it, and leaves room for other lines', () => {
    const written: string[] = [];
    const line = new StatusLine({ isTTY: true, columns: 11, write: (text) => written.push(text) }, () => 'captured 1234567890');
    line.start();
    line.print('news');
    line.stop();
    line.stop();
    assert.deepEqual(written, ['captured 1', '\r\u001b[2K', 'news\n', 'captured 1234567890\n']);
  });

  it('is a line now and then elsewhere, without control characters', () => {
    const written: string[] = [];
    const line = new StatusLine({ write: (text) => written.push(text) }, () => 'captured 1');
    line.start();
    assert.deepEqual(written, []);
    line.print('news');
    line.stop();
    assert.deepEqual(written, ['news\n', 'captured 1\n']);
    assert.equal(LINE_INTERVAL_MS, 10_000);
  });
});

describe('a port that was asked for', () => {
  it('may be any when it is 0', async () => { await requireFreePort(0, '--port'); });
});
