/** Whether a browser reads gzip, by its `Accept-Encoding`. */
export function takesGzip(accepted = ""): boolean {
  return accepted.split(",").some((coding) => {
    const [name, weight = ""] = coding.split(";").map((part) => part.trim().toLowerCase());
    return name === "gzip" && !/^q=0(?:\.0*)?$/.test(weight);
  });
}
