// `npm run health-center -- <command>`: the service, and the commands by which gateways and nodes become known to it.
import { Command, InvalidArgumentError } from 'commander';
import { runService } from 'lorica/hosts/node/child';
import { runMain } from 'lorica/hosts/node/failure';
import { enrolGateway, enrolNode, enrolWard, listRegistry, revokeGateway, revokeNode } from './enrol.ts';
import { openToken, pageLink } from './open.ts';
import { serve } from './service.ts';
import { healthCenterSettings, isLoopback } from './settings.ts';

const MAX_NODES_AT_ONCE = 1024;

await runMain('health center', async () => {
  const program = new Command('health-center')
    .description('Opens, checks, stores and shows what the wearables deliver. Settings: <LORICA_DATA>/health-center.json or LORICA_HEALTH_CENTER_<SETTING>: '
      + 'host, port, broker-host, broker-port, broker (mqtts://host:port of an external one), names, folder, key-file.');
  program.command('serve', { isDefault: true }).description('run the service').action(() => runService(serve));
  program.command('enrol-gateway').argument('<name>').requiredOption('--out <folder>', 'for its certificate and its list of nodes')
    .description('make a gateway known, or give a known one new files')
    .action((name: string, { out }: { out: string }) => enrolGateway(healthCenterSettings(), name, out));
  program.command('enrol-node').requiredOption('--gateway <name...>', 'gateways that may carry for it').requiredOption('--out <folder>', 'for what is flashed into it')
    .option('--patient <label>', 'who wears it').option('--suite <number>', '1 Cheb2048, 2 Cheb1536', whole(1, 2), 1).option('--serial <hex>', '16 digits; drawn if missing')
    .description('make a node known')
    .action(({ gateway, out, ...rest }: { gateway: string[]; out: string; patient?: string; suite: number; serial?: string }) => {
      const serial = enrolNode(healthCenterSettings(), { gateways: gateway, folder: out, ...rest });
      process.stdout.write(`Node ${serial} is registered. Give its gateways their new lists with enrol-gateway.\n`);
    });
  program.command('enrol').requiredOption('--gateway <name>').requiredOption('--gateway-folder <folder>').requiredOption('--nodes <count>', 'new nodes', whole(0, MAX_NODES_AT_ONCE))
    .requiredOption('--node-folder <folder>', 'one folder a node is made in it').description('make a gateway and a number of nodes known in one go')
    .action((options: { gateway: string; gatewayFolder: string; nodes: number; nodeFolder: string }) => enrolWard(healthCenterSettings(), options));
  program.command('revoke-node').argument('<serial>').description('accept nothing more of a node').action((serial: string) => { revokeNode(healthCenterSettings(), serial); });
  program.command('revoke-gateway').argument('<name>').description('accept nothing more from a gateway').action((name: string) => { revokeGateway(healthCenterSettings(), name); });
  program.command('list').description('show who is registered').action(() => { process.stdout.write(`${listRegistry(healthCenterSettings()).join('\n')}\n`); });
  program.command('link').description('print the link of the page again').action(() => {
    const settings = healthCenterSettings();
    process.stdout.write(`${pageLink(settings, !isLoopback(settings.host), settings.port, openToken(settings))}\n`);
  });
  await program.parseAsync();
});

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}
