import { tourCallers, tourFaults, tourOperations, tourOperators } from "./ask-tours.ts";
import { tourCommands } from "./command-tour.ts";
import type { Landscape } from "./landscape.ts";
import { tourPeople } from "./people-tour.ts";

/** Everything that is done with a gateway, until it was started anew. @returns how much of each was done */
export async function tourAll(land: Landscape): Promise<Record<string, number>> {
  const faults = await tourFaults(land);
  await tourOperators(land);
  const callers = await tourCallers(land, land.virtualKey);
  const operations = await tourOperations(land);
  await tourPeople(land);
  const commands = await tourCommands(land);
  await land.restart();
  return { faults, callers, operations, commands };
}
