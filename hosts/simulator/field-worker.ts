// The thread of the field: waits for orders, lives through the time that it is told to, and answers. See field-runner.ts.

import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Order, WorkerStart } from './field-runner.ts';
import { FieldSide } from './field-side.ts';

const { plan, port, signals } = workerData as WorkerStart;
const side = new FieldSide(plan);
answer(undefined);

for (let taken = 0, isOpen = true; isOpen; taken++) {
  if (Atomics.load(signals, 0) <= taken) Atomics.wait(signals, 0, taken);
  isOpen = obey(receiveMessageOnPort(port)!.message as Order);
}

function obey(order: Order): boolean {
  switch (order.kind) {
    case 'run':
      answer(side.run(order.untilMs, order.incoming));
      return true;
    case 'takeOff':
      side.ward.takeOff();
      return true;
    case 'report':
      answer(side.report());
      return true;
    case 'close':
      side.close();
      answer(undefined);
      return false;
  }
}

function answer(value: unknown): void {
  port.postMessage(value);
  Atomics.add(signals, 1, 1);
  Atomics.notify(signals, 1);
}
