// Makes a module image (hosts/desktop/xs/module-image.h) of TypeScript modules: types off, relative names resolved,
// native bindings hoisted, then bytecode by the image compiler. Nothing here checks types; `npm run check` does.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { PROJECT } from './c-build.ts';

const BUILD = join(PROJECT, 'build', 'images');

/** module name → the file it is made of, or its text */
export type ImageModules = ReadonlyMap<string, { readonly file: string } | { readonly text: string }>;

/**
 * @param compiler the image compiler (xs-engine.ts)
 * @param debug whether errors name the lines of the TypeScript; costs instructions
 * @returns the path of the image, cached under a hash of what went into it. @throws Error with the compiler's words
 */
export async function buildImage(compiler: string, modules: ImageModules, debug: boolean): Promise<string> {
  const sources = [...modules].map(([name, source]) => ({ name, ...transpile(name, source) }));
  const hash = createHash('sha256').update(JSON.stringify([compiler, debug, sources])).digest('hex').slice(0, 16);
  const path = join(BUILD, `${hash}.image`);
  if (existsSync(path)) return path;
  mkdirSync(BUILD, { recursive: true });
  const work = mkdtempSync(join(BUILD, '.work-'));
  try {
    const list = sources.map(({ name, script, map }, index) => {
      const file = join(work, `${index}.js`);
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

function transpile(name: string, source: { readonly file: string } | { readonly text: string }): { script: string; map: string } {
  const fileName = 'file' in source ? source.file : `${name}.ts`;
  const text = 'file' in source ? readFileSync(source.file, 'utf8') : source.text;
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(text, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, sourceMap: true,
    },
    transformers: { before: [(context) => (file) => rewrite(file, name, context)] },
  });
  const error = diagnostics?.[0];
  if (error) throw new Error(`${fileName}: ${ts.flattenDiagnosticMessageText(error.messageText, '\n')}`);
  return { script: outputText, map: sourceMapText ?? '' };
}

/**
 * XS of this age has no `native` syntax, so `native("xs_f")` is a call of the host's global; done once a module, in a
 * constant of the same name, it costs what the SDK's compiler makes of it. Relative names become those of the image.
 */
function rewrite(file: ts.SourceFile, name: string, context: ts.TransformationContext): ts.SourceFile {
  const { factory } = context;
  const natives = new Set<string>();
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'native') {
      const binding = node.arguments[0];
      if (!binding || !ts.isStringLiteral(binding)) throw new Error(`${file.fileName}: native() takes one string literal`);
      natives.add(binding.text);
      return factory.createIdentifier(`$${binding.text}`);
    }
    if (ts.isStringLiteral(node) && /^\.\.?\//.test(node.text) && (ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent))) {
      return factory.createStringLiteral(posix.join(posix.dirname(name), node.text).replace(/\.ts$/, ''));
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
