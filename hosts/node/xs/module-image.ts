// Makes a module image (hosts/desktop/xs/module-image.h) of TypeScript modules: types off, relative names resolved,
// native bindings hoisted, then bytecode by the image compiler. Nothing here checks types; `npm run check` does.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { PROJECT } from '../c/c-build.ts';

const BUILD = join(PROJECT, 'build', 'images');
const OWN_FILE = fileURLToPath(import.meta.url);

export interface ImageModule {
  /** what the module is made of: a file, or its text */
  readonly file?: string;
  readonly text?: string;
  /** names that it imports → what the image calls them */
  readonly renames?: ReadonlyMap<string, string>;
}

/** module name → its source */
export type ImageModules = ReadonlyMap<string, ImageModule>;

/**
 * @param compiler the image compiler (xs-engine.ts)
 * @param debug whether errors name the lines of the TypeScript; costs instructions
 * @returns the path of the image, cached under a hash of what went into it. @throws Error with the compiler's words
 */
export async function buildImage(compiler: string, modules: ImageModules, debug: boolean): Promise<string> {
  const sources = [...modules].map(([name, module]) => ({ name, module, text: module.text ?? readFileSync(module.file!, 'utf8') }));
  const hash = createHash('sha256').update(readFileSync(OWN_FILE)).update(`${compiler} ${debug} ${ts.version}`);
  for (const { name, module, text } of sources) hash.update(JSON.stringify([name, module.file, [...module.renames ?? []], text]));
  const path = join(BUILD, `${hash.digest('hex').slice(0, 16)}.image`);
  if (existsSync(path)) return path;
  mkdirSync(BUILD, { recursive: true });
  const work = mkdtempSync(join(BUILD, '.work-'));
  try {
    const list = sources.map(({ name, module, text }, index) => {
      const file = join(work, `${index}.js`);
      const { script, map } = transpile(name, module, text);
      writeFileSync(file, script);
      writeFileSync(`${file}.map`, map);
      return `${name}\t${file}\n`;
    });
    writeFileSync(join(work, 'list'), list.join(''));
    await promisify(execFile)(compiler, [...debug ? ['-d'] : [], join(work, 'image'), join(work, 'list')]);
    renameSync(join(work, 'image'), path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return path;
}

function transpile(name: string, module: ImageModule, text: string): { script: string; map: string } {
  const fileName = module.file ?? `${name}.ts`;
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(text, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, sourceMap: true, allowJs: true,
    },
    transformers: { before: [(context) => (file) => rewrite(file, name, module.renames, context)] },
  });
  const error = diagnostics?.[0];
  if (error) throw new Error(`${fileName}: ${ts.flattenDiagnosticMessageText(error.messageText, '\n')}`);
  return { script: outputText, map: sourceMapText ?? '' };
}

/**
 * XS of this age has no `native` syntax, so `native("xs_f")` is a call of the host's global; done once a module, in a
 * constant of the same name, it costs what the SDK's compiler makes of it. Relative names become those of the image.
 */
function rewrite(
  file: ts.SourceFile, name: string, renames: ReadonlyMap<string, string> | undefined, context: ts.TransformationContext,
): ts.SourceFile {
  const { factory } = context;
  const natives = new Set<string>();
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'native') {
      const binding = node.arguments[0];
      if (!binding || !ts.isStringLiteral(binding)) throw new Error(`${file.fileName}: native() takes one string literal`);
      natives.add(binding.text);
      return factory.createIdentifier(`$${binding.text}`);
    }
    if (ts.isStringLiteral(node) && (ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent))) {
      const relative = /^\.\.?\//.test(node.text);
      return factory.createStringLiteral(renames?.get(node.text) ?? (relative ? imageName(name, node.text) : node.text));
    }
    return ts.visitEachChild(node, visit, context);
  };
  const visited = ts.visitEachChild(file, visit, context);
  const constants = [...natives].map((native) => factory.createVariableStatement(undefined, factory.createVariableDeclarationList([
    factory.createVariableDeclaration(`$${native}`, undefined, undefined,
      factory.createCallExpression(factory.createIdentifier('native'), undefined, [factory.createStringLiteral(native)])),
  ], ts.NodeFlags.Const)));
  return factory.updateSourceFile(visited, [...constants, ...visited.statements]);
}

/** @returns what an image calls the module that `importer` names by a relative path */
export function imageName(importer: string, specifier: string): string {
  return posix.join(posix.dirname(importer), specifier).replace(/\.ts$/, '');
}
