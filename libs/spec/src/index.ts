// spec
export {};
