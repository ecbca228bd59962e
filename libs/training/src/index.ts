// training
export {};
