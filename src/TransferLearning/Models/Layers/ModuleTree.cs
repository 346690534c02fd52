namespace TransferLearning.Layers;

/// <summary>Modules under dotted names, so that the names of a checkpoint can be data: <c>attention.self.query</c>.</summary>
internal class ModuleTree(string name) : nn.Module(name)
{
    /// <summary>Registers a module under a name; the modules between are made.</summary>
    public T Put<T>(string path, T module) where T : nn.Module
    {
        int dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            register_module(path, module);
            return module;
        }

        string first = path[..dot];
        if (named_children().FirstOrDefault(child => child.name == first).module is not ModuleTree between)
        {
            between = new ModuleTree(first);
            register_module(first, between);
        }

        return between.Put(path[(dot + 1)..], module);
    }

    /// <summary>Takes a direct member away and disposes it.</summary>
    public void Remove(string name)
    {
        (string Name, nn.Module Module)[] children = [.. named_children()];
        ClearModules();
        foreach ((string other, nn.Module module) in children)
        {
            if (other == name)
            {
                module.Dispose();
            }
            else
            {
                register_module(other, module);
            }
        }
    }
}
