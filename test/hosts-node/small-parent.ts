// A parent for the supervisor's test, which is killed: starts one service and tells its process id.
import { Supervisor } from 'lorica/hosts/node/supervisor';

const supervisor = new Supervisor({ onProgress: () => undefined, onStatistics: () => undefined, onFailure: () => undefined });
await supervisor.launch({ name: 'small', script: 'test/hosts-node/small-service.ts', arguments: ['serve'], environment: {}, logFile: process.argv[2]! });
process.send!(supervisor.processes.get('small'));
