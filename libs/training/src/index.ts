export * from './brain/index.ts';
