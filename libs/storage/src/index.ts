// storage
export {};
