// Lint for what the house style can leave to a linter; what needs a file's place in the tree is test/structure.test.ts.
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Not part of tsconfig.json, so without types: XS firmware, browser pages, what runs before the loader is there. */
const UNTYPED = ['src/main.ts', 'hosts/esp32/**', 'hosts/desktop/**', 'hosts/*/page/**', '**/*.js', '**/*.mjs', '**/*.cjs'];

const syntax = [
  { selector: 'TSEnumDeclaration', message: 'Use a frozen object or a union of literals.' },
  { selector: 'TSParameterProperty', message: 'Declare the field and assign it.' },
  {
    selector: ':matches(PropertyDefinition, MethodDefinition:not([kind="constructor"]))[accessibility="private"]',
    message: 'Use a #private name, which holds at run time too.',
  },
  { selector: ':matches(PropertyDefinition, MethodDefinition)[accessibility="public"]', message: 'Public is the default.' },
];

const core = {
  'array-callback-return': 'error',
  'default-case-last': 'error',
  eqeqeq: 'error',
  'no-cond-assign': ['error', 'except-parens'],
  'no-constant-binary-expression': 'error',
  'no-dupe-else-if': 'error',
  'no-duplicate-case': 'error',
  'no-empty': ['error', { allowEmptyCatch: true }],
  'no-eval': 'error',
  'no-fallthrough': 'error',
  'no-irregular-whitespace': 'error',
  'no-loss-of-precision': 'error',
  'no-new-func': 'error',
  'no-restricted-syntax': ['error', ...syntax],
  'no-self-assign': 'error',
  'no-self-compare': 'error',
  'no-sparse-arrays': 'error',
  'no-template-curly-in-string': 'error',
  'no-unsafe-finally': 'error',
  'no-unused-private-class-members': 'error',
  'no-useless-catch': 'error',
  'no-useless-rename': 'error',
  'prefer-const': 'error',
};

export default defineConfig(
  { ignores: ['build/', 'coverage/', 'node_modules/', '.lorica/', 'test/vectors/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.recommended,
  {
    rules: {
      ...core,
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: UNTYPED,
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise that nobody waits for hides its failure; `void` says that this is meant.
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: ['modules/**', 'src/**'], rules: { 'no-console': 'error' } },
  // The version check has to run in Nodes that know neither `const` nor `import`.
  { files: ['**/*.cjs'], rules: { 'no-var': 'off', '@typescript-eslint/no-require-imports': 'off' } },
);
