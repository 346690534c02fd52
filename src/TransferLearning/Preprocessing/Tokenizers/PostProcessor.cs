namespace TransferLearning;

/// <summary>Reads how <c>tokenizer.json</c> puts special tokens around texts.</summary>
internal static class PostProcessor
{
    public static SpecialTokenLayout Layout(
        JsonElement? processor, Func<string, TokenizerException> fault, Func<string, TokenizerException> unsupported)
    {
        if (processor is not JsonElement step)
        {
            return SpecialTokenLayout.None;
        }

        switch (JsonFields.Text(step, "type"))
        {
            case "Sequence":
                foreach (JsonElement member in step.GetProperty("processors").EnumerateArray())
                {
                    if (Layout(member, fault, unsupported) is var layout && layout != SpecialTokenLayout.None)
                    {
                        return layout;
                    }
                }

                return SpecialTokenLayout.None;
            case "TemplateProcessing":
                return new SpecialTokenLayout(Template(step, "single", fault), Template(step, "pair", fault));
            case "BertProcessing":
                return SpecialTokenLayout.ForBert(step.GetProperty("cls")[1].GetInt32(), step.GetProperty("sep")[1].GetInt32());
            case "RobertaProcessing":
                return SpecialTokenLayout.ForRoberta(step.GetProperty("cls")[1].GetInt32(), step.GetProperty("sep")[1].GetInt32());
            case "ByteLevel":
                return SpecialTokenLayout.None;
            case var other:
                throw unsupported($"it uses the post-processor '{other}'");
        }
    }

    private static List<SpecialTokenLayout.Part> Template(JsonElement step, string name, Func<string, TokenizerException> fault)
    {
        List<SpecialTokenLayout.Part> parts = [];
        foreach (JsonElement part in step.GetProperty(name).EnumerateArray())
        {
            if (JsonFields.Field(part, "Sequence") is JsonElement sequence)
            {
                int number = JsonFields.Text(sequence, "id") == "B" ? 1 : 0;
                parts.Add(SpecialTokenLayout.Text(number, JsonFields.Count(sequence, "type_id", least: 0) ?? 0));
            }
            else if (JsonFields.Field(part, "SpecialToken") is JsonElement special)
            {
                string token = JsonFields.Text(special, "id") ?? string.Empty;
                foreach (JsonElement id in step.GetProperty("special_tokens").GetProperty(token).GetProperty("ids").EnumerateArray())
                {
                    parts.Add(SpecialTokenLayout.Special(id.GetInt32(), JsonFields.Count(special, "type_id", least: 0) ?? 0));
                }
            }
        }

        bool whole = parts.Count(part => part.Sequence == 0) == 1 && parts.Count(part => part.Sequence == 1) == (name == "pair" ? 1 : 0);
        return whole ? parts : throw fault($"its template '{name}' does not hold each text once");
    }
}
